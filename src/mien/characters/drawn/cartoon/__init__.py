"""The cartoon look: broad acting, soft two-tone shapes, thick brows, one continuous mouth."""
