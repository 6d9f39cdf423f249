# Takes a server out of rotation in every server group of the region:
#
#   terraform apply -invoke=action.cloudlb_alb_drain.web_1
action "cloudlb_alb_drain" "web_1" {
  config {
    server_id = "i-bp1o94dp5i6ea1example"
    duration  = "60s"
  }
}

# One port of it in one server group, before each new release.
action "cloudlb_alb_drain" "web_1_api" {
  config {
    server_id       = "i-bp1o94dp5i6ea1example"
    server_group_id = "sgp-8g1pdyspr5example"
    port            = 8080
    duration        = "60s"

    timeouts {
      invoke = "5m"
    }
  }
}

resource "terraform_data" "release" {
  input = "v2"

  lifecycle {
    action_trigger {
      events  = [before_update]
      actions = [action.cloudlb_alb_drain.web_1_api]
    }
  }
}
