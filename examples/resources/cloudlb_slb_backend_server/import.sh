# <load_balancer_id>:<server_id>
terraform import cloudlb_slb_backend_server.web lb-bp1o94dp5i6ea5example:i-bp1g6zv0ce8oghexample

# <load_balancer_id>:<server_id>:<server_ip> for a network interface
terraform import cloudlb_slb_backend_server.eni lb-bp1o94dp5i6ea5example:eni-bp1iz8gmy4lexample:192.168.10.21
