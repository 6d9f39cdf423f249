# Takes a server out of rotation in every pool of the project:
#
#   terraform apply -invoke=action.cloudlb_elb_drain.web_1
action "cloudlb_elb_drain" "web_1" {
  config {
    address  = "192.168.10.21"
    duration = "60s"
  }
}

# One port of it in one pool, before each new release.
action "cloudlb_elb_drain" "web_1_api" {
  config {
    address       = "192.168.10.21"
    pool_id       = "36ce7086-a496-4666-9064-5ba0e6840c75"
    protocol_port = 8080
    duration      = "60s"

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
      actions = [action.cloudlb_elb_drain.web_1_api]
    }
  }
}
