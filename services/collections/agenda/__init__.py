"""The agenda: customers to be judged again at a moment, because something ends or opens then."""
