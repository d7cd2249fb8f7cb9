"""What every Duesline service must do identically: contracts, bus, transactions, time, money, HTTP.

Knows no service. A thing that only one service uses lives in that service.
"""
