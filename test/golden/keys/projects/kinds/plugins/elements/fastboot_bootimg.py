# The oracle's own module takes this place while golden data is made.
