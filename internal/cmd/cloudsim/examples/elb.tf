# Two servers in a pool of Huawei Cloud ELB.
resource "cloudlb_elb_members" "web" {
  pool_id = "pool-web"
  members = {
    web-1 = { address = "10.0.2.1", protocol_port = 8080, subnet_cidr_id = "subnet-web" }
    web-2 = { address = "10.0.2.2", protocol_port = 8080, subnet_cidr_id = "subnet-web", weight = 2 }
  }
}

# Somebody else adds a member, which is not this resource's business, so that the next plan is empty:
# curl -d '{"pool_id": "pool-web", "address": "10.0.2.9", "protocol_port": 8080, "subnet_cidr_id": "subnet-web"}' http://127.0.0.1:8181/_admin/elb/add
# curl http://127.0.0.1:8181/_admin/held
