"""The customers who may pay: a projection of the customers service's facts."""
