"""Many cases at once: frames in, frames of the same kind out."""
