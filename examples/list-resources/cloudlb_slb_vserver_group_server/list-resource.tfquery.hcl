# The members of a vserver group, whoever put them in, and what each is as a
# resource.
list "cloudlb_slb_vserver_group_server" "web" {
  provider         = cloudlb
  include_resource = true
  limit            = 200

  config {
    vserver_group_id = "rsp-bp1ttv2y7v4example"
  }
}
