# The cloud servers of a pool, and those that every listener finds healthy.
data "cloudlb_elb_members" "web" {
  pool_id     = "36ce7086-a496-4666-9064-5ba0e6840c75"
  member_type = "instance"
}

output "healthy" {
  value = [
    for m in data.cloudlb_elb_members.web.members : m.address
    if alltrue([for s in m.status : s.operating_status == "ONLINE"])
  ]
}

# Why the others are not.
output "reasons" {
  value = {
    for m in data.cloudlb_elb_members.web.members : "${m.address}:${m.protocol_port}" => [
      for s in m.status : s.reason_code if s.reason_code != null
    ]
  }
}
