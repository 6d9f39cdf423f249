# <pool_id>/<address>:<protocol_port>, an IPv6 address in brackets
terraform import cloudlb_elb_member.web 36ce7086-a496-4666-9064-5ba0e6840c75/192.168.10.21:8080

# <pool_id>/<member_id>
terraform import cloudlb_elb_member.web 36ce7086-a496-4666-9064-5ba0e6840c75/1923923e-fe8a-484f-bdbc-e11559b1f48f
