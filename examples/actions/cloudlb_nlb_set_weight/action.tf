# Puts a server back into rotation in every server group of the region:
#
#   terraform apply -invoke=action.cloudlb_nlb_set_weight.web_1
action "cloudlb_nlb_set_weight" "web_1" {
  config {
    server_id = "i-bp1o94dp5i6ea1example"
    weight    = 100
  }
}

# Half of the traffic, in one server group.
action "cloudlb_nlb_set_weight" "web_1_half" {
  config {
    server_id       = "i-bp1o94dp5i6ea1example"
    server_group_id = "sgp-8g1pdyspr5example"
    weight          = 50
  }
}
