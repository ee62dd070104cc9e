"""Lists of a hundred thousand rows, the detail beside them, filters, empty states, histories."""
