# NVIDIA's repository in small: the toolkit that the wheels made, as the package that it is there, and drivers that nobody asked for.
# Follows ../shared/files/repository.sh. Prints the fingerprint of the repository's key.
# shellcheck shell=bash
begin_repository
mkdir -p tree/usr/local
cp --archive --link /opt/aienv/cuda/13.2 tree/usr/local/cuda-13.2
rm tree/usr/local/cuda-13.2/aienv-toolkit.json
deb cuda-minimal-build-13-2 13.2.1-1 libc6
for driver in cuda-drivers nvidia-open libcuda1 libnvidia-ml1; do deb $driver 999.1-1 libc6; done
deb nvidia-container-toolkit 999.1-1 libc6
serve_repository
