"""What a checker must see of one output, as values for a page: each made from what a review holds, deciding nothing."""
