"""`sluice warehouse`: the archive as tables, in a warehouse of the workspace or in one that is named here and now."""
