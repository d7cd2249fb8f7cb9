"""Claims that need a real PostgreSQL or RabbitMQ."""
