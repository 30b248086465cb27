//! The `habitus` program; everything is in [`habitus::cli`].

fn main() -> std::process::ExitCode {
    habitus::cli::main()
}
