"""Routes of the matching API, one module a resource."""
