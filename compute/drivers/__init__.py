"""The ways to run a guest: KVM, containers, and a fake that behaves."""
