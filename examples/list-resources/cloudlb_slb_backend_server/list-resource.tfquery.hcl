# The members of a load balancer's default server group, whoever put them in,
# and what each is as a resource.
list "cloudlb_slb_backend_server" "web" {
  provider         = cloudlb
  include_resource = true
  limit            = 200

  config {
    load_balancer_id = "lb-bp1o94dp5i6ea5example"
  }
}
