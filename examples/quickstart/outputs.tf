output "slb_backend_servers" {
  description = "Import ids of the members of the default server group, by server."
  value       = { for server, member in cloudlb_slb_backend_server.web : server => member.id }
}

output "slb_vserver_group_servers" {
  description = "Import ids of the members of the vserver group, by server."
  value       = { for server, member in cloudlb_slb_vserver_group_server.api : server => member.id }
}

output "alb_server_group_servers" {
  description = "Import ids of the members of the server group, by server."
  value       = { for server, member in cloudlb_alb_server_group_server.web : server => member.id }
}

output "elb_members" {
  description = "Import ids of the members of the pool, by name."
  value       = { for name, member in cloudlb_elb_member.web : name => member.id }
}
