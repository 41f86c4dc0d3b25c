# Of locks with hashes (second file and on), the distributions that the first file names, one to a line.
NR == FNR { if (match($0, /^[A-Za-z0-9][A-Za-z0-9._-]*/)) wanted[substr($0, 1, RLENGTH)]; next }
match($0, /^[A-Za-z0-9][A-Za-z0-9._-]*/) { taken = substr($0, 1, RLENGTH) in wanted }
taken
