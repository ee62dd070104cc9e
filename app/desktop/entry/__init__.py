"""登记: one contact written down in one act, quickly, or with all that can be said."""
