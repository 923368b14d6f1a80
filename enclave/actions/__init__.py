"""What people do: one module per thing. Each reads top to bottom like its sentence; frameworks stay outside."""
