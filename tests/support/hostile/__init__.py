"""What a hostile host may do, and what each delivery must end in."""
