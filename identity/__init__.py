"""Identity v3: who is who, who may act where, and the tokens that say so."""
