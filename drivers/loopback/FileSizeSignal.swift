import Glibc

/// The signal that kills a process for making a file larger than `ulimit -f`.
enum FileSizeSignal {
    /// Lets such a call fail with `EFBIG` instead, which a driver can report.
    ///
    /// The disposition of a signal belongs to the whole process and to the programs that it starts. So a handler that
    /// the program has set stays; what is replaced is only the default, which no service can want. The threads of
    /// Dispatch have the signal blocked, which would do as well, but nobody has promised that they will.
    static func ignoreUnlessHandled() {
        var current = sigaction()
        guard sigaction(SIGXFSZ, nil, &current) == 0 else { return }
        let isDefault = current.__sigaction_handler.sa_handler == nil
        if isDefault { _ = signal(SIGXFSZ, SIG_IGN) }
    }
}
