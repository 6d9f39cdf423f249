# Takes a server out of rotation in every group of the region:
#
#   terraform apply -invoke=action.cloudlb_slb_drain.web_1
action "cloudlb_slb_drain" "web_1" {
  config {
    server_id = "i-bp1o94dp5i6ea1example"
    duration  = "60s"
  }
}

# One port of it in one vserver group, before each new release.
action "cloudlb_slb_drain" "web_1_api" {
  config {
    server_id        = "i-bp1o94dp5i6ea1example"
    vserver_group_id = "rsp-bp1ttv2y7v4example"
    port             = 8080
    duration         = "60s"

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
      actions = [action.cloudlb_slb_drain.web_1_api]
    }
  }
}
