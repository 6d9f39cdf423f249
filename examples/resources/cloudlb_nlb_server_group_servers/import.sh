# <server_group_id>: every member that is there comes in, labelled by its natural key
terraform import cloudlb_nlb_server_group_servers.api sgp-8g1pdyspr5example
