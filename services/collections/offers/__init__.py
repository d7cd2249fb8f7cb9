"""Settlement offers: a part by a day, and the rest is proposed to be written off."""
