"""How dreamnet was made."""
