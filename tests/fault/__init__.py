"""The system as processes, and what is done to them: kill -9, brokers and databases that die."""
