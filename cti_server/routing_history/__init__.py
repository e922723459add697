"""What routing did, told afterwards: why an offer was made, and what other rules would have made of the same day."""
