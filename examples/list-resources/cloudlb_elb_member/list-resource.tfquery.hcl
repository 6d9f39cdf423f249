# The members of a pool, whoever put them in, and what each is as a resource.
list "cloudlb_elb_member" "web" {
  provider         = cloudlb
  include_resource = true
  limit            = 1000

  config {
    pool_id = "36ce7086-a496-4666-9064-5ba0e6840c75"
  }
}

# Those on one port that fail their health check.
list "cloudlb_elb_member" "failing" {
  provider = cloudlb

  config {
    pool_id          = "36ce7086-a496-4666-9064-5ba0e6840c75"
    protocol_port    = 8080
    operating_status = "OFFLINE"
  }
}
