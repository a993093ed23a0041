"""What goes in and out of casework: workbooks brought in row by row, workbooks taken out, records made one."""
