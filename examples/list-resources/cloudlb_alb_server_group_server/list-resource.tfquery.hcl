# The members of a server group, whoever put them in, and what each is as a
# resource.
list "cloudlb_alb_server_group_server" "web" {
  provider         = cloudlb
  include_resource = true
  limit            = 1000

  config {
    server_group_id = "sgp-8g1pdyspr5example"
  }
}

# What one server is a member of, in every server group of the region.
list "cloudlb_alb_server_group_server" "of_web_1" {
  provider = cloudlb

  config {
    server_id = "i-bp1o94dp5i6ea1example"
  }
}
