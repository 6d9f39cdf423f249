# <load_balancer_id>: every member that is there comes in, labelled by its natural key
terraform import cloudlb_slb_backend_servers.web lb-bp1o94dp5i6ea5example
