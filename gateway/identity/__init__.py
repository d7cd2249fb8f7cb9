"""Who may come in: users, their roles, and the sessions they hold.

A session is a family of refresh tokens that replace one another; an access token is what a
session is for, lives 15 minutes and is not kept here. All tokens travel in headers and
bodies, never in cookies, so no other site can make a browser use them.
"""
