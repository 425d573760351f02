"""One process that carries out the orders of all hooks of a run: one set of connections, paced, and
looks that are shared. Terraform's hooks are thin clients of it (`client.sh`).
"""
