# <server_group_id>: every member that is there comes in, labelled by its natural key
terraform import cloudlb_alb_server_group_servers.api sgp-8g1pdyspr5example
