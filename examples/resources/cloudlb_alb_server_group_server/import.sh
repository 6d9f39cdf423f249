# <server_group_id>:<server_id>:<port>
terraform import cloudlb_alb_server_group_server.web sgp-8g1pdyspr5example:i-bp1g6zv0ce8oghexample:8080

# <server_group_id>:<server_id>:<server_ip>:<port> for a network interface
terraform import cloudlb_alb_server_group_server.eni sgp-8g1pdyspr5example:eni-bp1iz8gmy4lexample:192.168.10.21:8080

# <server_group_id>:<address>:<port> for an address of type ip; IPv6 in brackets
terraform import cloudlb_alb_server_group_server.address sgp-8g1pdyspr5example:192.168.10.22:8080
