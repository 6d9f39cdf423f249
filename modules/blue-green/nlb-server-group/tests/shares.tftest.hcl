# Offline: the resource is mocked, the function is the real one.
mock_provider "cloudlb" {}

variables {
  server_group_id = "sgp-test"
  groups = {
    blue  = { share = 90, members = { a = { server_id = "i-1", port = 8080 }, b = { server_id = "i-2", port = 8080 }, c = { server_id = "i-3", port = 8080 } } }
    green = { share = 10, members = { a = { server_id = "i-4", port = 8080 } } }
  }
}

run "weights_follow_the_shares" {
  command = plan

  assert {
    condition     = output.weights == tomap({ blue = 99, green = 33 })
    error_message = "Weights: ${jsonencode(output.weights)}"
  }
  assert {
    condition     = output.traffic == { blue = 90, green = 10 }
    error_message = "Traffic: ${jsonencode(output.traffic)}"
  }
  assert {
    condition = { for label, member in cloudlb_nlb_server_group_servers.this.servers : label => member.weight } == {
      "blue/a" = 99, "blue/b" = 99, "blue/c" = 99, "green/a" = 33
    }
    error_message = "Members: ${jsonencode(cloudlb_nlb_server_group_servers.this.servers)}"
  }
}

run "share_0_keeps_the_members" {
  variables {
    groups = {
      blue  = { share = 0, members = { a = { server_id = "i-1", port = 8080 } } }
      green = { share = 1, members = { a = { server_id = "i-4", port = 8080 }, b = { server_id = "i-5", port = 8080 } } }
    }
  }

  assert {
    condition     = { for label, member in output.members : label => member.weight } == { "blue/a" = 0, "green/a" = 100, "green/b" = 100 }
    error_message = "Members: ${jsonencode(output.members)}"
  }
}

run "a_name_with_a_slash_is_refused" {
  command = plan

  variables {
    groups = { "blue/green" = { share = 1, members = { a = { server_id = "i-1", port = 8080 } } } }
  }

  expect_failures = [var.groups]
}
