# <vserver_group_id>:<server_id>:<port>
terraform import cloudlb_slb_vserver_group_server.web rsp-bp1ttv2y7v4example:i-bp1g6zv0ce8oghexample:8080

# <vserver_group_id>:<server_id>:<server_ip>:<port> for a network interface
terraform import cloudlb_slb_vserver_group_server.eni rsp-bp1ttv2y7v4example:eni-bp1iz8gmy4lexample:192.168.10.21:8080
