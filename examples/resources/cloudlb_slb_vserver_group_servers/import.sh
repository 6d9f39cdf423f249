# <vserver_group_id>: every member that is there comes in, labelled by its natural key
terraform import cloudlb_slb_vserver_group_servers.api rsp-bp1ttv2y7v4example
