# Puts a server back into rotation in every group of the region:
#
#   terraform apply -invoke=action.cloudlb_slb_set_weight.web_1
action "cloudlb_slb_set_weight" "web_1" {
  config {
    server_id = "i-bp1o94dp5i6ea1example"
    weight    = 100
  }
}

# Half of the traffic, in the default server group of one load balancer.
action "cloudlb_slb_set_weight" "web_1_half" {
  config {
    server_id        = "i-bp1o94dp5i6ea1example"
    load_balancer_id = "lb-bp1o94dp5i6ea5example"
    weight           = 50
  }
}
