"""The NVIDIA driver of a host: the role nvidia_driver runs all of it, the program aienv-nvidia-proof its first parts."""
