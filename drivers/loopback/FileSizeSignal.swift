import Glibc

/// SIGXFSZ, which kills a process that makes a file larger than `ulimit -f`.
enum FileSizeSignal {
    /// Ignores the signal, so that such a call fails with `EFBIG` instead, which a driver can report.
    ///
    /// The disposition belongs to the whole process and to the programs that it starts. So only the default is
    /// replaced, which no service can want, and a handler stays. Dispatch blocks the signal in its threads, too, but
    /// does not guarantee that.
    static func ignoreUnlessHandled() {
        var current = sigaction()
        guard sigaction(SIGXFSZ, nil, &current) == 0 else { return }
        let isDefault = current.__sigaction_handler.sa_handler == nil
        if isDefault { _ = signal(SIGXFSZ, SIG_IGN) }
    }
}
