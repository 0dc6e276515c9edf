/// What strikes a host, a process or the server. Each ends after a while, and all is well again.
enum Fault: String, CaseIterable {
    case workerKilled = "worker killed"
    case commandKilled = "command killed"
    case workerStopped = "worker stopped past its lease"
    case commandStopped = "command stopped past its lease"
    case cut = "link cut"
    case cutFrom = "link cut, from the host only"
    case cutTo = "link cut, to the host only"
    case cutInCommit = "link cut in mid-commit"
    case stoppedInCommit = "worker and command stopped past the lease in mid-commit"
    case cutInCall = "link cut past the lease in a longer call"
    case stoppedInCall = "worker and command stopped past the lease in a longer call"
    case clockForward = "clock of a host a day ahead"
    case clockBack = "clock of a host a day behind"
    case serverRestarted = "server restarted"
    case serverKilled = "server killed"
}
