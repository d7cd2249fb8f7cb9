"""What stands under the services: servers, roles, supervision, locks, images."""
