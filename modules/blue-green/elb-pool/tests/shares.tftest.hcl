# Offline: the resource is mocked, the function is the real one.
mock_provider "cloudlb" {}

variables {
  pool_id = "pool-test"
  groups = {
    blue  = { share = 90, members = { a = { address = "10.0.0.1", protocol_port = 8080, subnet_cidr_id = "subnet-test" }, b = { address = "10.0.0.2", protocol_port = 8080, subnet_cidr_id = "subnet-test" }, c = { address = "10.0.0.3", protocol_port = 8080, subnet_cidr_id = "subnet-test" } } }
    green = { share = 10, members = { a = { address = "10.0.0.4", protocol_port = 8080, subnet_cidr_id = "subnet-test" } } }
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
    condition = { for label, member in cloudlb_elb_members.this.members : label => member.weight } == {
      "blue/a" = 99, "blue/b" = 99, "blue/c" = 99, "green/a" = 33
    }
    error_message = "Members: ${jsonencode(cloudlb_elb_members.this.members)}"
  }
}

run "share_0_keeps_the_members" {
  variables {
    groups = {
      blue  = { share = 0, members = { a = { address = "10.0.0.1", protocol_port = 8080, subnet_cidr_id = "subnet-test" } } }
      green = { share = 1, members = { a = { address = "10.0.0.4", protocol_port = 8080, subnet_cidr_id = "subnet-test" }, b = { address = "10.0.0.5", protocol_port = 8080, subnet_cidr_id = "subnet-test" } } }
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
    groups = { "blue/green" = { share = 1, members = { a = { address = "10.0.0.1", protocol_port = 8080, subnet_cidr_id = "subnet-test" } } } }
  }

  expect_failures = [var.groups]
}
