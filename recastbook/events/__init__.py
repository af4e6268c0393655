"""What an event is: columns, event files, samples, readers of HepMC, LHE and Delphes, truth objects, generation."""
