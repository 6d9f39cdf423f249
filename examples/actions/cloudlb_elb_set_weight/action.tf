# Puts a server back into rotation in every pool of the project:
#
#   terraform apply -invoke=action.cloudlb_elb_set_weight.web_1
action "cloudlb_elb_set_weight" "web_1" {
  config {
    address = "192.168.10.21"
    weight  = 10
  }
}

# Half of that in one pool.
action "cloudlb_elb_set_weight" "web_1_half" {
  config {
    address = "192.168.10.21"
    pool_id = "36ce7086-a496-4666-9064-5ba0e6840c75"
    weight  = 5
  }
}
