# A cloud that answers three calls in 4 s and throttles the others: the apply takes longer, and succeeds.
resource "cloudlb_elb_member" "web" {
  count          = 20
  pool_id        = "pool-web"
  address        = "10.0.2.${count.index + 1}"
  protocol_port  = 8080
  subnet_cidr_id = "subnet-web"
}

# How many calls there were, and how many were throttled:
# curl http://127.0.0.1:8181/_admin/elb/faults
