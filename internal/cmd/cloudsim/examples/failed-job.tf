# A job of NLB that fails after its call was accepted: the first apply fails and says why, the second succeeds.
resource "cloudlb_nlb_server_group_server" "db" {
  server_group_id = "sgp-db"
  server_id       = "i-db-1"
  port            = 5432
}

# Have the next job fail again, or take a minute:
# curl -d '{"on": "write", "times": 1, "do": "fail_job", "code": "506", "message": "Still not."}' http://127.0.0.1:8181/_admin/nlb/faults
# curl -d '{"on": "write", "times": 1, "do": "slow_job", "delay": "1m"}' http://127.0.0.1:8181/_admin/nlb/faults
# curl -X DELETE http://127.0.0.1:8181/_admin/nlb/faults
